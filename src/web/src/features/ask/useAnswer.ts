import { useQueryClient } from "@tanstack/react-query";
import { startTransition, useEffect, useMemo, useState } from "react";

import { ApiError } from "@/client/api";
import { follow } from "@/lib/stream";

import { advance, type Answer, answerOf, isLast, isWriting, type Message, unwritten } from "./answer";
import { keys } from "./queries";

/**
 * An answer as it stands, followed while it is being written.
 *
 * Events are gathered for one frame of the screen, so that a fast model does not cost a drawing
 * each token.
 */
export function useAnswer(message: Message): Answer {
  const { id, conversation_id: conversationId } = message;
  const [live, setLive] = useState<Answer | null>(null);
  const queries = useQueryClient();
  const writing = isWriting(message);

  useEffect(() => {
    if (!writing) return undefined;
    const leaving = new AbortController();
    const path = `/api/v1/conversations/${conversationId}/messages/${id}/events`;
    let answer = unwritten;
    let frame = 0;
    const show = () => {
      frame = 0;
      // What is typed meanwhile goes first.
      startTransition(() => setLive(answer));
    };
    const listen = async () => {
      try {
        for await (const event of follow(path, isLast, leaving.signal)) {
          answer = advance(answer, event);
          frame ||= requestAnimationFrame(show);
        }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        answer = { ...answer, writing: false, status: "interrupted", error };
        setLive(answer);
      }
      if (!leaving.signal.aborted) await queries.invalidateQueries({ queryKey: keys.messages(conversationId) });
    };
    void listen();
    return () => {
      leaving.abort();
      cancelAnimationFrame(frame);
    };
  }, [id, conversationId, writing, queries]);

  const stored = useMemo(() => answerOf(message), [message]);
  return writing ? (live ?? stored) : stored;
}

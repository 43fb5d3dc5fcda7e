/** Who is signed in, for the whole page. */
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";

import { api, ApiError, body, onSessionEnd, type Session, takeOverSession } from "@/client/api";

interface SessionState {
  /** Undefined until the server has said; null when nobody is signed in. */
  session: Session | null | undefined;
  /** The session ended while the page was open: sign in again to go on. */
  ended: boolean;
  error: unknown;
  signIn: (username: string, password: string) => Promise<void>;
  signOut: (everywhere?: boolean) => Promise<void>;
  replace: (session: Session) => void;
}

const Context = createContext<SessionState | null>(null);

/** The session and what can be done with it. */
export function useSession(): SessionState {
  const state = useContext(Context);
  if (!state) throw new Error("useSession outside SessionProvider");
  return state;
}

/** The signed-in person; only within the part of the page that is for them. */
export function useUser(): Session["user"] {
  const { session } = useSession();
  if (!session) throw new Error("useUser without a session");
  return session.user;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>();
  const [ended, setEnded] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const resume = useRef<(() => void)[]>([]);
  const queries = useQueryClient();

  const replace = useCallback((next: Session) => {
    takeOverSession(next);
    setSession(next);
    setEnded(false);
    for (const go of resume.current.splice(0)) go();
  }, []);

  useEffect(() => {
    resumeSession().then((found) => (found ? replace(found) : setSession(null)), setError);
  }, [replace]);

  useEffect(() => {
    if (!session) return undefined;
    onSessionEnd(() => {
      setEnded(true);
      return new Promise((resolve) => resume.current.push(resolve));
    });
    return () => onSessionEnd(null);
  }, [session]);

  const signIn = useCallback(
    async (username: string, password: string) => {
      const next = body(await api.POST("/api/v1/auth/session", { body: { username, password } }));
      if (session && session.user.id !== next.user.id) window.location.assign("/");
      else replace(next);
    },
    [replace, session],
  );

  const signOut = useCallback(
    async (everywhere = false) => {
      if (everywhere) await api.POST("/api/v1/auth/logout-everywhere");
      else await api.DELETE("/api/v1/auth/session");
      onSessionEnd(null);
      // What was typed and not sent goes with whoever typed it.
      sessionStorage.clear();
      queries.clear();
      setSession(null);
    },
    [queries],
  );

  const value = useMemo(
    () => ({ session, ended, error, signIn, signOut, replace }),
    [session, ended, error, signIn, signOut, replace],
  );
  return <Context value={value}>{children}</Context>;
}

/** The session that the browser's cookies hold, renewed when its short half has ended. */
async function resumeSession(): Promise<Session | null> {
  for (const attempt of ["show", "renew"] as const) {
    try {
      if (attempt === "show") return body(await api.GET("/api/v1/auth/session"));
      return body(await api.POST("/api/v1/auth/session/refresh"));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
  }
  return null;
}

"""Fits a prompt to the model's context by counted tokens, before the call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from on_prem_rag.answer.events import Budget, NumberedPassage
from on_prem_rag.answer.prompt import build_prompt
from on_prem_rag.conversations.history import Turn
from on_prem_rag.errors import ContextOverflow
from on_prem_rag.llm.protocols import ChatMessage
from on_prem_rag.llm.tokens import TokenEstimator

HISTORY_SHARE = 0.25
"""Part of the prompt's room that earlier turns may take: passages matter more."""


@dataclass(frozen=True)
class Plan:
    """What is sent and what was left out. ``estimated`` is an upper estimate in tokens."""

    messages: tuple[ChatMessage, ...]
    question: str
    sent: tuple[NumberedPassage, ...]
    dropped: tuple[NumberedPassage, ...]
    history: tuple[Turn, ...]
    dropped_turns: int
    num_ctx: int
    num_predict: int
    estimated: int

    def budget(self, prompt_tokens: int = 0, completion_tokens: int = 0) -> Budget:
        """The report, with the model's own counts where it gave them."""
        return Budget(
            num_ctx=self.num_ctx,
            reserved_for_answer=self.num_predict,
            prompt_tokens=prompt_tokens or self.estimated,
            completion_tokens=completion_tokens,
            dropped_passages=len(self.dropped),
            dropped_turns=self.dropped_turns,
        )


class Fitter:
    """Fits prompts for one model. ``num_ctx`` and ``num_predict`` are tokens.

    At most half of the context is kept free for the answer, however large ``num_predict`` is.
    """

    def __init__(self, estimator: TokenEstimator, num_ctx: int, num_predict: int) -> None:
        self._estimator = estimator
        self._num_ctx = num_ctx
        self._num_predict = min(num_predict, num_ctx // 2)

    def fit(
        self, question: str, passages: Sequence[NumberedPassage], history: Sequence[Turn] = ()
    ) -> Plan:
        """The longest prompt that fits: passages go from the last on, turns from the first on.

        Raises ContextOverflow when not even one passage fits beside the question.
        """
        room = self._num_ctx - self._num_predict
        kept = self._recent(history, int(room * HISTORY_SHARE))
        sent = len(passages)
        while sent > 0:
            plan = self._plan(question, passages, sent, kept, len(history))
            if plan.estimated <= room:
                return plan
            # The first passage outweighs the history that would push it out.
            if sent == 1 and kept:
                kept = kept[1:]
            else:
                sent -= 1
        raise ContextOverflow(
            f"The question and one passage do not fit into {room} tokens.",
            num_ctx=self._num_ctx,
        )

    def without_last(self, plan: Plan) -> Plan:
        """The plan with one passage less. Raises ContextOverflow when it was the only one."""
        if len(plan.sent) < 2:
            raise ContextOverflow("Not even one passage fits.", num_ctx=self._num_ctx)
        everything = (*plan.sent, *plan.dropped)
        turns = len(plan.history) + plan.dropped_turns
        shorter = self._plan(plan.question, everything, len(plan.sent) - 1, plan.history, turns)
        return replace(shorter, dropped_turns=plan.dropped_turns)

    def _plan(
        self,
        question: str,
        passages: Sequence[NumberedPassage],
        sent: int,
        history: tuple[Turn, ...],
        turns: int,
    ) -> Plan:
        messages = build_prompt(question, passages[:sent], history)
        return Plan(
            messages=messages,
            question=question,
            sent=tuple(passages[:sent]),
            dropped=tuple(passages[sent:]),
            history=history,
            dropped_turns=turns - len(history),
            num_ctx=self._num_ctx,
            num_predict=self._num_predict,
            estimated=self._estimator.estimate_messages(messages),
        )

    def _recent(self, history: Sequence[Turn], room: int) -> tuple[Turn, ...]:
        """The last turns within ``room`` tokens, beginning with a question."""
        kept: list[Turn] = []
        used = 0
        for turn in reversed(history):
            used += self._estimator.estimate(turn.content)
            if used > room:
                break
            kept.insert(0, turn)
        while kept and kept[0].role != "user":
            kept.pop(0)
        return tuple(kept)

/** Answers by request id, the newest ones: an application that asks again after a lost reply gets the same prediction. */
export interface RememberedAnswers<Answer> {
  known(model: string, requestId: string): Answer | undefined;
  remember(model: string, requestId: string, answer: Answer): void;
}

export function rememberedAnswers<Answer>(capacity: number): RememberedAnswers<Answer> {
  const answers = new Map<string, Answer>();
  const keyOf = (model: string, requestId: string) => `${model}\n${requestId}`;
  return {
    known: (model, requestId) => answers.get(keyOf(model, requestId)),
    remember(model, requestId, answer) {
      const key = keyOf(model, requestId);
      answers.delete(key);
      answers.set(key, answer);
      if (answers.size > capacity) answers.delete(answers.keys().next().value!);
    },
  };
}

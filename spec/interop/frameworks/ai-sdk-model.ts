import { MockLanguageModelV3 } from 'ai/test';

const tokens = { total: 1, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
const usage = { inputTokens: tokens, outputTokens: { total: 1, text: undefined, reasoning: undefined } };

/** Calls the tool once, and repeats what it says. */
export const model = new MockLanguageModelV3({
  async doGenerate({ prompt }) {
    const last = prompt.at(-1);
    const [part] = last?.role === 'tool' ? last.content : [];
    if (part?.type !== 'tool-result') {
      const input = '{"payee":"Railways","amount":"89.90"}';
      const content = [{ type: 'tool-call' as const, toolCallId: 'call-1', toolName: 'pay', input }];
      return { content, finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] };
    }
    const { output } = part;
    const text = 'value' in output ? String(output.value) : output.type;
    return {
      content: [{ type: 'text', text }],
      finishReason: { unified: 'stop', raw: undefined },
      usage,
      warnings: [],
    };
  },
});

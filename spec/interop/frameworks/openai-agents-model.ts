import { type Model, Usage } from '@openai/agents';

/** Calls the tool once, and repeats what it says. */
export const model: Model = {
  async getResponse({ input }) {
    const last = typeof input === 'string' ? undefined : input.at(-1);
    if (last?.type !== 'function_call_result') {
      const args = '{"payee":"Railways","amount":"89.90"}';
      const call = { type: 'function_call' as const, callId: 'call-1', name: 'pay', arguments: args };
      return { usage: new Usage(), output: [{ ...call, status: 'completed' }] };
    }
    const { output } = last;
    const text = typeof output === 'object' && 'text' in output ? String(output.text) : String(output);
    const content = [{ type: 'output_text' as const, text }];
    return { usage: new Usage(), output: [{ type: 'message', role: 'assistant', status: 'completed', content }] };
  },
  getStreamedResponse() {
    throw new Error('nobody streams here');
  },
};

import { EventEmitter, once } from 'node:events';
import { type DecisionSignal, decisionSignal, transactionId } from 'ciba-backchannel';

/** A signal that says when a poll has come to it, which is held then, or goes on. */
export class AskedSignal implements DecisionSignal {
  private readonly signal = decisionSignal();
  private readonly asked = new EventEmitter();
  watchers = 0;
  private lose = () => {};

  /** Announces a transaction that waits. */
  issue(authReqId: string, lifetime = 120_000): void {
    this.issued(transactionId(authReqId), Date.now() + lifetime);
  }
  /** Announces that it has been decided. */
  decide(authReqId: string): void {
    this.decided(transactionId(authReqId));
  }

  issued(id: string, expiresAt: number): void {
    this.signal.issued(id, expiresAt);
  }
  decided(id: string): void {
    this.signal.decided(id);
  }
  timeLeft(id: string): number | undefined {
    this.asked.emit('asked');
    return this.signal.timeLeft(id);
  }
  watch(watcher: Parameters<DecisionSignal['watch']>[0]): () => void {
    this.watchers += 1;
    this.lose = () => watcher.lost();
    const stop = this.signal.watch(watcher);
    return () => {
      this.watchers -= 1;
      stop();
    };
  }
  lost(): void {
    this.lose();
  }
  async nextPoll(): Promise<void> {
    await once(this.asked, 'asked');
    await new Promise(setImmediate);
  }
}

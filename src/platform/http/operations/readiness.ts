import { Injectable, Logger } from '@nestjs/common';

/** Rejects, with a reason for the log, when what it stands for cannot be used. */
export type ReadinessCheck = () => Promise<unknown>;

/** Something that people should look at while the process serves on; undefined when all is well. */
export type ReadinessNote = () => string | undefined;

/** Probes give up after a second or two; an answer that comes later is as good as none. */
const PATIENCE_MS = 2000;

/** What must work before traffic may come: each part of the product adds its own check as it starts. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private readonly notes = new Map<string, ReadinessNote>();
  private readonly logger = new Logger(Readiness.name);
  private draining = false;

  add(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /** Shown beside the checks while it has something to say; never a reason to be not ready. */
  note(name: string, say: ReadinessNote): void {
    this.notes.set(name, say);
  }

  /** From now on not ready, so that a load balancer sends no more; for shutdown. */
  drain(): void {
    this.draining = true;
  }

  async report(): Promise<{ ready: boolean; checks: Record<string, 'ok' | 'failed'>; notes?: Record<string, string> }> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, (await this.passes(name, check)) ? 'ok' : 'failed'] as const),
    );
    const notes = [...this.notes].flatMap(([name, say]) => {
      const said = say();
      return said === undefined ? [] : [[name, said] as const];
    });
    return {
      ready: !this.draining && results.every(([, result]) => result === 'ok'),
      checks: Object.fromEntries(results),
      ...(notes.length > 0 && { notes: Object.fromEntries(notes) }),
    };
  }

  private async passes(name: string, check: ReadinessCheck): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, PATIENCE_MS, new Error(`no answer within ${PATIENCE_MS} ms`));
    });
    try {
      await Promise.race([check(), tooLate]);
      return true;
    } catch (error) {
      this.logger.warn({ err: error, check: name }, 'readiness check failed');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}

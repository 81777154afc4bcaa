import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LOOK_FOR_ROOM_MS, roomAhead } from '../../../domain/plan-ahead.js';
import { Clock } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { WorkLoops } from '../../../platform/jobs/work-loops.js';
import { findDue, putOff, setAside, type DueEnrollment } from '../outreach.queries.js';
import { EnrollmentPlanner, LOOK_AGAIN_MS, type PlanningRoom } from './enrollment-planner.service.js';
import { loadAhead, putOffFirstMails } from './planning-room.queries.js';

/** Small, so that two planners share the work. */
const BATCH = 50;

/**
 * Turns due enrollments into mails and tasks. Loop: `plan`.
 *
 * Each enrollment is one transaction under the lock of its site, so any number of planners may run and be killed: a step is
 * planned with its mail, its history and the enrollment's next time, or not at all (promises 1, 4 and 5).
 */
@Injectable()
export class Planner implements OnModuleInit {
  private readonly logger = new Logger(Planner.name);

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly loops: WorkLoops,
    private readonly enrollments: EnrollmentPlanner,
  ) {}

  onModuleInit(): void {
    this.loops.add('plan', (stopping) => this.planBatch(stopping));
  }

  private async planBatch(stopping: AbortSignal): Promise<boolean> {
    const due = await findDue(this.db, this.clock.now(), BATCH);
    let done = await this.setAside(due.filter(({ running }) => !running));
    const rooms = new Map<string, PlanningRoom>();
    for (const enrollment of due.filter(({ running }) => running)) {
      if (stopping.aborted) return false;
      const room = rooms.get(enrollment.campaignId) ?? { left: roomAhead(await loadAhead(this.db, enrollment)) };
      rooms.set(enrollment.campaignId, room);
      if (await this.planSafely(enrollment, room)) done += 1;
    }
    return (await this.putOffTheRest(due, rooms)) + done > 0;
  }

  /** Who waits for room in a full campaign must not be looked at one by one, nor stand before all others. */
  private async putOffTheRest(due: readonly DueEnrollment[], rooms: ReadonlyMap<string, PlanningRoom>): Promise<number> {
    const now = this.clock.now();
    let moved = 0;
    for (const one of new Map(due.map((each) => [each.campaignId, each])).values()) {
      const room = rooms.get(one.campaignId);
      if (room && room.left <= 0) moved += await putOffFirstMails(this.db, one, now, new Date(now.getTime() + LOOK_FOR_ROOM_MS));
    }
    return moved;
  }

  /** What waits for its campaign must not stand before all others, look after look. */
  private async setAside(waiting: readonly DueEnrollment[]): Promise<number> {
    let moved = 0;
    for (const one of new Map(waiting.map((each) => [each.campaignId, each])).values()) moved += await setAside(this.db, one, this.clock.now());
    return moved;
  }

  /** One enrollment that fails must not hold up all others: it waits, and the log tells why. */
  private async planSafely(due: DueEnrollment, room: PlanningRoom): Promise<boolean> {
    try {
      return await transact(this.db, (tx) => this.enrollments.plan(tx, due, room));
    } catch (error) {
      this.logger.error({ err: error, workspaceId: due.workspaceId, enrollmentId: due.id }, 'an enrollment could not be planned; tried again later');
      await putOff(this.db, due, this.clock.now(), new Date(this.clock.now().getTime() + LOOK_AGAIN_MS));
      return false;
    }
  }
}

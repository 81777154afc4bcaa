import { readdirSync, readFileSync } from 'node:fs';

/** Of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU that a PostgreSQL server has used so far: itself, its children, and those that have ended. Undefined where nobody can tell. */
export function databaseCpuSeconds(server = process.env.BENCH_POSTGRES_PID) {
  const postmaster = server && statOf(server);
  if (!postmaster) return undefined;
  let ticks = postmaster.own + postmaster.ended;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(pid);
    if (stat?.parent === server) ticks += stat.own;
  }
  return ticks / TICKS_PER_SECOND;
}

/** proc(5): after the name in brackets, field 4 is the parent, 14 to 17 are user and system time, its own and of ended children. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
    return { parent: fields[1], own: user + system, ended: endedUser + endedSystem };
  } catch {
    return undefined;
  }
}

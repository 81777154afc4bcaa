/** Work that was not done makes the run void. */
export function expectEqual(what, found, expected) {
  if (found !== expected) throw new Error(`Void: ${what} is ${found}, not ${expected}.`);
}

/** Runs `work` for each item, `atOnce` of them side by side. */
export async function inParallel(items, atOnce, work) {
  const queue = [...items].values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

// Stops the server that global-setup started, unless another run uses it too.
export default async function tearDown() {
  await globalThis.linkwrightTestServer?.stop();
}

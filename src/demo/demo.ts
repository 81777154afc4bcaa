import { DemoProduct } from './demo-product.js';
import { DemoScreen } from './demo-screen.js';
import { MailCatcher, WebhookReceiver, Website } from './demo-servers.js';
import {
  agreeAndReport,
  answerAndBounce,
  awaitFirstMails,
  awaitLive,
  enrollAll,
  followUp,
  makeProspects,
  showPipeline,
  startCampaign,
} from './demo-story.js';
import { answered, type DemoWorkspace, makeCampaign, OWNER_EMAIL, signUp } from './demo-workspace.js';

interface Servers {
  readonly mail: MailCatcher;
  readonly webhooks: WebhookReceiver;
  readonly sites: readonly Website[];
  stop(): Promise<void>;
}

async function startServers(screen: DemoScreen): Promise<Servers> {
  const mail = await MailCatcher.start();
  const webhooks = await WebhookReceiver.start();
  const sites = await Promise.all(['Grace’s tea notes', 'Linus’ tea notes', 'Kay’s tea notes'].map((title) => Website.start(title)));
  screen.note(`Servers of the demo on this machine: SMTP on port ${mail.port}, three websites, a webhook receiver.`);
  return {
    mail,
    webhooks,
    sites,
    stop: async () => {
      await Promise.all([mail.stop(), webhooks.stop(), ...sites.map((site) => site.stop())]);
    },
  };
}

async function play(product: DemoProduct, servers: Servers, screen: DemoScreen): Promise<DemoWorkspace> {
  const workspace = await signUp(product, screen);
  const { api } = workspace;
  const endpoint = answered(await api.POST('/api/v1/webhook-endpoints', { body: { url: servers.webhooks.url, eventTypes: ['*'] } }));
  servers.webhooks.trust(endpoint.secret);
  screen.say('Webhook endpoint for all events', endpoint.id);
  const campaign = await makeCampaign(api, servers.mail.port, screen);
  const stage = { api, baseUrl: product.url, campaign, mail: servers.mail, webhooks: servers.webhooks, screen };
  const prospects = makeProspects(servers.sites);
  await enrollAll(stage, prospects);
  await startCampaign(stage);
  await awaitFirstMails(stage, prospects);
  await answerAndBounce(stage, prospects);
  await followUp(stage, prospects);
  const [editor] = prospects;
  if (!editor) throw new Error('The story has no editor.');
  await agreeAndReport(stage, editor);
  await awaitLive(stage, editor);
  await showPipeline(stage, prospects);
  return workspace;
}

/** Plays the main job from end to end against real servers of its own on loopback. Ends with exit code 1 after printing what failed. */
export async function runDemo(args: readonly string[]): Promise<void> {
  const screen = new DemoScreen(process.stdout);
  const begun = performance.now();
  let product: DemoProduct | undefined;
  let servers: Servers | undefined;
  try {
    servers = await startServers(screen);
    product = await DemoProduct.start((what) => {
      screen.wait(what);
    });
    screen.say(`Linkwright runs at ${product.url} on a PostgreSQL of its own`);
    const workspace = await play(product, servers, screen);
    screen.note(`\nDone in ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
    if (args.includes('--stay')) await stay(product, workspace, screen);
  } catch (error) {
    screen.note(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    if (product?.said) screen.note(`What Linkwright said:\n${product.said}`);
    process.exitCode = 1;
  } finally {
    await product?.stop(); // first: it keeps connections to the mail server open
    await servers?.stop();
  }
}

async function stay(product: DemoProduct, { key, password }: DemoWorkspace, screen: DemoScreen): Promise<void> {
  screen.note(`
It stays up. Stop it with Ctrl-C; what it holds goes with it.
  address   ${product.url}   (API description at ${product.url}/docs)
  login     ${OWNER_EMAIL} / ${password}
  API key   ${key}`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => {
      resolve();
    });
    process.once('SIGTERM', () => {
      resolve();
    });
  });
}

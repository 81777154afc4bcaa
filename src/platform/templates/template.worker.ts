import { parentPort } from 'node:worker_threads';
import { doTemplateTask, type TemplateTask } from './template-work.js';

const port = parentPort;

port?.on('message', (task: TemplateTask) => {
  port.postMessage(doTemplateTask(task));
});

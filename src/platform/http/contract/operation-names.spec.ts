import { operationName } from './operation-names.js';
import type { Method } from './shapes.js';

describe('operationName', () => {
  it.each<[Method, string, boolean, string]>([
    ['get', '/api/v1/prospects', true, 'listProspects'],
    ['get', '/api/v1/prospects/{id}', false, 'getProspect'],
    ['post', '/api/v1/prospects', false, 'createProspect'],
    ['patch', '/api/v1/opportunities/{id}', false, 'updateOpportunity'],
    ['delete', '/api/v1/api-keys/{id}', false, 'deleteApiKey'],
    ['post', '/api/v1/prospects/{id}/contacts', false, 'createProspectContact'],
    ['get', '/api/v1/prospects/{id}/timeline', true, 'listProspectTimeline'],
    ['get', '/api/v1/messages/{id}/explain', false, 'getMessageExplain'],
    ['get', '/api/v1/projects/{projectId}/target-pages/{id}', false, 'getProjectTargetPage'],
    ['post', '/api/v1/pitches/{id}/moves', false, 'createPitchMove'],
    ['post', '/api/v1/auth/password-reset', false, 'authPasswordReset'],
    ['post', '/api/v1/auth/password-reset/complete', false, 'authPasswordResetComplete'],
    ['post', '/api/v1/auth/invitations/accept', false, 'acceptAuthInvitations'],
    ['post', '/api/v1/mailboxes/{id}/test', false, 'testMailbox'],
    ['post', '/api/v1/webhook-endpoints/{id}/rotate-secret', false, 'rotateSecretWebhookEndpoint'],
    ['post', '/api/v1/enrollments/bulk', false, 'bulkEnrollments'],
    ['post', '/api/v1/auth/login', false, 'authLogin'],
    ['post', '/api/v1/sandbox/clock/advance', false, 'sandboxClockAdvance'],
    ['get', '/api/v1/workspace', false, 'getWorkspace'],
    ['get', '/openapi.json', false, 'getOpenapiJson'],
  ])('names %s %s', (method, path, isList, name) => {
    expect(operationName(method, path, isList)).toBe(name);
  });
});

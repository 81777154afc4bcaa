/**
 * Whether another open card has written to the site since the card `o` did (F5): in a statement of the workspace $1.
 * @param openStages  the parameter with them
 */
export const colleagueHasWritten = (openStages: string): string => `EXISTS (
     SELECT FROM opportunities other JOIN messages theirs ON theirs.workspace_id = $1 AND theirs.opportunity_id = other.id
      WHERE other.workspace_id = $1 AND other.prospect_id = o.prospect_id AND other.id <> o.id AND other.stage = ANY (${openStages})
        AND theirs.direction = 'out' AND theirs.state IN ('transmitting', 'sent', 'delivery_unknown')
        AND COALESCE(theirs.sent_at, theirs.transmitting_at) > COALESCE(
          (SELECT max(ours.sent_at) FROM messages ours
            WHERE ours.workspace_id = $1 AND ours.opportunity_id = o.id AND ours.direction = 'out' AND ours.state = 'sent'), '-infinity'))`;

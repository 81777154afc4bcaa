import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An address that wants to hear of events. */
@Entity('webhook_endpoints')
export class WebhookEndpoint {
  @PrimaryColumn('uuid') readonly workspaceId!: string;
  @PrimaryColumn('uuid') readonly id!: string;
  @Column('int') readonly version!: number;
  @Column('text') url!: string;
  /** Names of events, or `*` alone for all. */
  @Column('text', { array: true }) eventTypes!: string[];
  /** Only events of these projects, or null for all; the same for campaigns. */
  @Column('uuid', { array: true, nullable: true }) projectIds!: string[] | null;
  @Column('uuid', { array: true, nullable: true }) campaignIds!: string[] | null;
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text') secretSealed!: string;
  /** A secret that was rotated out signs beside the new one until then. */
  @Column('text', { nullable: true }) oldSecretSealed!: string | null;
  @Column('timestamptz', { nullable: true }) oldSecretUntil!: Date | null;
  @Column('text') state!: 'active' | 'failing' | 'disabled';
  @Column('text', { nullable: true }) stateReason!: string | null;
  /** Failed tries in a row. */
  @Column('int') failures!: number;
  @Column('timestamptz', { nullable: true }) failingSince!: Date | null;
  @Column('timestamptz', { nullable: true }) restUntil!: Date | null;
  /** Since when it has not been given everything: the offer of a replay. */
  @Column('timestamptz', { nullable: true }) missedSince!: Date | null;
  @Column('timestamptz') readonly createdAt!: Date;
}

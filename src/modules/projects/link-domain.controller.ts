import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../../platform/auth/permissions.decorator.js';
import { ApiPages } from '../../platform/http/public-page.js';
import { LinkProofQuery } from './link-domain.dto.js';
import { LinkDomainProof } from './link-domain-proof.service.js';

/** How this installation finds itself behind a domain that links shall stand under. */
@ApiTags('pages')
@Public(true)
@Controller('.well-known/linkwright')
export class LinkDomainController {
  constructor(private readonly proof: LinkDomainProof) {}

  /** Proves that a domain leads to this installation: a signature over `challenge` that only it can make. */
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'no-store')
  @ApiPages({ 200: 'The signature.' })
  prove(@Query() { challenge }: LinkProofQuery): string {
    return `<!doctype html><title>Linkwright</title><p>${this.proof.answer(challenge)}</p>`;
  }
}

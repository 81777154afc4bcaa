// The smallest NestJS program with a database: one module, one entity, one route. Decorators are called by hand, as the compiler would.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn } from 'typeorm';

class Workspace {}
PrimaryColumn('uuid')(Workspace.prototype, 'id');
Column('text')(Workspace.prototype, 'name');
Entity('workspaces')(Workspace);

class Hello {
  ready() {
    return { status: 'ready' };
  }
}
Get('readyz')(Hello.prototype, 'ready', Object.getOwnPropertyDescriptor(Hello.prototype, 'ready'));
Controller()(Hello);

class HelloModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: process.env.BENCH_DATABASE_URL, entities: [Workspace] }),
    TypeOrmModule.forFeature([Workspace]),
  ],
  controllers: [Hello],
})(HelloModule);

const app = await NestFactory.create(HelloModule, new FastifyAdapter(), { logger: false });
await app.listen(Number(process.env.PORT), process.env.HOST);

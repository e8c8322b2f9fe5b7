import { Module } from '@nestjs/common';
import { Health, HealthController, Metrics } from './health.js';

/** Health and metrics, for every service. */
@Module({ controllers: [HealthController], providers: [Health, Metrics], exports: [Health, Metrics] })
export class ServiceModule {}

import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ReliableKafkaHealthIndicator } from './reliable-kafka-health-indicator.js';

/** Provides `ReliableKafkaHealthIndicator`: import it beside `TerminusModule`, where the controller of your probes is. */
@Module({
  imports: [TerminusModule],
  providers: [ReliableKafkaHealthIndicator],
  exports: [ReliableKafkaHealthIndicator],
})
export class ReliableKafkaTerminusModule {}

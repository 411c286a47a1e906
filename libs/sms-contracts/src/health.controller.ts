import { Controller, Get } from '@nestjs/common';

/** Answers once the service has started. */
@Controller('health')
export class HealthController {
  @Get()
  health() {
    return { status: 'ok' };
  }
}

import { NOTIFICATION_TYPES, type NotificationType } from '#libs/contracts/src/notification';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';
import { PageQuery } from './page.dto.js';

export class ListNotificationsQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`true`: only what has not been read.', type: 'boolean' })
  @MayBeLeftOut()
  @IsIn(['true', 'false'])
  unread?: 'true' | 'false';
}

export class NotificationView {
  @ApiProperty({ example: 'ntf_01c6' })
  id!: string;
  @ApiProperty({ enum: NOTIFICATION_TYPES })
  type!: NotificationType;
  @ApiProperty({ example: "Webhook 'ERP Sync' has been paused due to repeated failures" })
  message!: string;
  @ApiProperty()
  webhook_id!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  read_at!: string | null;
}

-- when a session was used last, a display name of accounts, and a bound on what one recipient is sent
ALTER TABLE `accounts` ADD COLUMN `display_name` varchar(200) NULL;
ALTER TABLE `declarations` MODIFY COLUMN `kind` enum('CAPACITY','EXPORT_CONTROL','DOCUMENTATION','TERMS') NOT NULL;
ALTER TABLE `messages` ADD COLUMN `purpose` enum('CODE','EMAIL_LINK','INVITATION') NULL, ADD COLUMN `recipient_turn` bigint NULL, ADD UNIQUE INDEX `message_recipient_index_recipient_turn` (`recipient_index`, `recipient_turn`);
ALTER TABLE `sessions` ADD COLUMN `last_used_at` datetime(6) NULL;

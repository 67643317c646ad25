-- when a session was used last, a display name of accounts, and a bound on what one recipient is sent
PRAGMA foreign_keys = off;
ALTER TABLE `accounts` ADD COLUMN `display_name` text NULL;
CREATE TABLE `new_messages` (`id` text NOT NULL, `channel` text NOT NULL, `recipient` blob NOT NULL, `recipient_index` text NOT NULL, `purpose` text NULL, `recipient_turn` integer NULL, `subject` text NOT NULL, `body` blob NOT NULL, `code` blob NULL, `token` blob NULL, `state` text NOT NULL, `attempts` integer NOT NULL DEFAULT (0), `due_at` datetime NOT NULL, `created_at` datetime NOT NULL, `sent_at` datetime NULL, PRIMARY KEY (`id`));
INSERT INTO `new_messages` (`id`, `channel`, `recipient`, `recipient_index`, `subject`, `body`, `code`, `token`, `state`, `attempts`, `due_at`, `created_at`, `sent_at`) SELECT `id`, `channel`, `recipient`, `recipient_index`, `subject`, `body`, `code`, `token`, `state`, `attempts`, `due_at`, `created_at`, `sent_at` FROM `messages`;
DROP TABLE `messages`;
ALTER TABLE `new_messages` RENAME TO `messages`;
CREATE INDEX `message_state_due_at` ON `messages` (`state`, `due_at`);
CREATE INDEX `message_created_at_id` ON `messages` (`created_at`, `id`);
CREATE UNIQUE INDEX `message_recipient_index_recipient_turn` ON `messages` (`recipient_index`, `recipient_turn`);
ALTER TABLE `sessions` ADD COLUMN `last_used_at` datetime NULL;
PRAGMA foreign_keys = on;

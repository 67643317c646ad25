-- The audit: values before and after, and seals.
ALTER TABLE `audit_events` ADD COLUMN `changes` text NULL;
CREATE INDEX `auditevent_account_id_clause_at_id` ON `audit_events` (`account_id`, `clause`, `at`, `id`);
CREATE INDEX `auditevent_account_id_ip_address_at_id` ON `audit_events` (`account_id`, `ip_address`, `at`, `id`);
CREATE INDEX `auditevent_at_id` ON `audit_events` (`at`, `id`);
CREATE TABLE `audit_links` (`id` text NOT NULL, `account_id` text NOT NULL, `position` integer NOT NULL, `seal_id` text NOT NULL, `value` text NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `auditlink_account_id_position` ON `audit_links` (`account_id`, `position`);
CREATE TABLE `audit_seals` (`id` text NOT NULL, `account_id` text NOT NULL, `number` integer NOT NULL, `from_at` datetime NOT NULL, `to_at` datetime NOT NULL, `until_at` datetime NOT NULL, `events` integer NOT NULL, `last` integer NOT NULL, `previous` text NOT NULL, `head` text NOT NULL, `digest` text NOT NULL, `sealed_at` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `auditseal_account_id_number` ON `audit_seals` (`account_id`, `number`);
CREATE INDEX `auditseal_account_id_number_id` ON `audit_seals` (`account_id`, `number`, `id`);
CREATE INDEX `auditseal_until_at` ON `audit_seals` (`until_at`);

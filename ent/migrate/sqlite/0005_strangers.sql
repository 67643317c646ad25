-- What strangers are refused is counted, and what they may do in an hour has a bound (5.4).
PRAGMA foreign_keys = off;
CREATE TABLE `new_audit_events` (`id` text NOT NULL, `account_id` text NOT NULL, `at` datetime NOT NULL, `actor_kind` text NOT NULL, `actor_id` text NOT NULL, `acting_as` text NOT NULL, `action` text NOT NULL, `object_id` text NOT NULL, `result` text NOT NULL, `code` text NOT NULL, `clause` text NOT NULL, `ip_address` text NOT NULL, `agent` text NOT NULL, `correlation_id` text NOT NULL, `details` text NOT NULL, `once_key` text NULL, `count` integer NOT NULL DEFAULT (1), `last_at` datetime NULL, PRIMARY KEY (`id`));
INSERT INTO `new_audit_events` (`id`, `account_id`, `at`, `actor_kind`, `actor_id`, `acting_as`, `action`, `object_id`, `result`, `code`, `clause`, `ip_address`, `agent`, `correlation_id`, `details`) SELECT `id`, `account_id`, `at`, `actor_kind`, `actor_id`, `acting_as`, `action`, `object_id`, `result`, `code`, `clause`, `ip_address`, `agent`, `correlation_id`, `details` FROM `audit_events`;
DROP TABLE `audit_events`;
ALTER TABLE `new_audit_events` RENAME TO `audit_events`;
CREATE UNIQUE INDEX `audit_events_once_key_key` ON `audit_events` (`once_key`);
CREATE INDEX `auditevent_account_id_at_id` ON `audit_events` (`account_id`, `at`, `id`);
CREATE INDEX `auditevent_account_id_actor_id_at_id` ON `audit_events` (`account_id`, `actor_id`, `at`, `id`);
CREATE INDEX `auditevent_account_id_action_at_id` ON `audit_events` (`account_id`, `action`, `at`, `id`);
CREATE INDEX `auditevent_object_id` ON `audit_events` (`object_id`);
CREATE INDEX `auditevent_last_at` ON `audit_events` (`last_at`);
CREATE TABLE `visitor_tallies` (`id` text NOT NULL, `subject` text NOT NULL, `count` integer NOT NULL, `hour` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `visitor_tallies_subject_key` ON `visitor_tallies` (`subject`);
CREATE INDEX `visitortally_hour` ON `visitor_tallies` (`hour`);
PRAGMA foreign_keys = on;

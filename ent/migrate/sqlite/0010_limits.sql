-- Mark the levels that were above their plan's limit when they were reported (2.3).
PRAGMA foreign_keys = off;
CREATE TABLE `new_usage_events` (`id` text NOT NULL, `account_id` text NOT NULL, `application_id` text NOT NULL, `service_id` text NOT NULL, `source` text NOT NULL, `event_id` text NOT NULL, `metric` text NOT NULL, `quantity_micros` integer NOT NULL, `at` datetime NOT NULL, `received_at` datetime NOT NULL, `over_limit` bool NOT NULL DEFAULT (false), PRIMARY KEY (`id`));
INSERT INTO `new_usage_events` (`id`, `account_id`, `application_id`, `service_id`, `source`, `event_id`, `metric`, `quantity_micros`, `at`, `received_at`) SELECT `id`, `account_id`, `application_id`, `service_id`, `source`, `event_id`, `metric`, `quantity_micros`, `at`, `received_at` FROM `usage_events`;
DROP TABLE `usage_events`;
ALTER TABLE `new_usage_events` RENAME TO `usage_events`;
CREATE INDEX `usageevent_account_id_id` ON `usage_events` (`account_id`, `id`);
CREATE UNIQUE INDEX `usageevent_source_event_id` ON `usage_events` (`source`, `event_id`);
PRAGMA foreign_keys = on;

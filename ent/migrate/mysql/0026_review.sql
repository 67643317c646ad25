-- The last use of a grant is kept, for a review of who still needs what, and the services of an application are listed.
ALTER TABLE `grants` ADD COLUMN `used_at` datetime(6) NULL, ADD COLUMN `idle_since` datetime(6) NULL, ADD INDEX `grant_account_id_idle_since_id` (`account_id`, `idle_since`, `id`);
ALTER TABLE `services` ADD INDEX `service_application_id_opened_at_id` (`application_id`, `opened_at`, `id`);

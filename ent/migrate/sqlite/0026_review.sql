-- The last use of a grant is kept, for a review of who still needs what, and the services of an application are listed.
PRAGMA foreign_keys = off;
CREATE INDEX `service_application_id_opened_at_id` ON `services` (`application_id`, `opened_at`, `id`);
CREATE TABLE `new_grants` (`id` text NOT NULL, `account_id` text NOT NULL, `employee_id` text NOT NULL, `role_id` text NOT NULL, `application_ids` json NULL, `expires_at` datetime NULL, `spending_limit` integer NULL, `monthly_limit` integer NULL, `step_up_minutes` integer NULL, `granted_by` text NULL, `granted_at` datetime NOT NULL, `version` integer NOT NULL DEFAULT (0), `used_at` datetime NULL, `idle_since` datetime NULL, PRIMARY KEY (`id`));
INSERT INTO `new_grants` (`id`, `account_id`, `employee_id`, `role_id`, `application_ids`, `expires_at`, `spending_limit`, `monthly_limit`, `step_up_minutes`, `granted_by`, `granted_at`, `version`) SELECT `id`, `account_id`, `employee_id`, `role_id`, `application_ids`, `expires_at`, `spending_limit`, `monthly_limit`, `step_up_minutes`, `granted_by`, `granted_at`, `version` FROM `grants`;
DROP TABLE `grants`;
ALTER TABLE `new_grants` RENAME TO `grants`;
CREATE INDEX `grant_account_id_id` ON `grants` (`account_id`, `id`);
CREATE INDEX `grant_employee_id` ON `grants` (`employee_id`);
CREATE INDEX `grant_account_id_role_id_employee_id` ON `grants` (`account_id`, `role_id`, `employee_id`);
CREATE INDEX `grant_account_id_idle_since_id` ON `grants` (`account_id`, `idle_since`, `id`);
PRAGMA foreign_keys = on;

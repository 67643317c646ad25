-- An employee can be suspended, what waits for an approval says what it is, and who holds a role is found by an index, as are a group's members.
PRAGMA foreign_keys = off;
ALTER TABLE `employees` ADD COLUMN `suspended_at` datetime NULL;
ALTER TABLE `employees` ADD COLUMN `suspended_by` text NULL;
ALTER TABLE `employees` ADD COLUMN `suspension_reason` text NULL;
DROP INDEX `grant_account_id_role_id`;
CREATE INDEX `membership_holder_id_employee_id` ON `memberships` (`holder_id`, `employee_id`);
CREATE INDEX `grant_account_id_role_id_employee_id` ON `grants` (`account_id`, `role_id`, `employee_id`);
CREATE TABLE `new_approvals` (`id` text NOT NULL, `account_id` text NOT NULL, `status` text NOT NULL, `operation` text NOT NULL, `object_id` text NOT NULL, `application_id` text NULL, `input` blob NOT NULL, `input_hash` text NOT NULL, `refusal` text NOT NULL, `permission` text NOT NULL, `summary` text NULL, `summary_en` text NULL, `spending` integer NULL, `comment` text NULL, `asked_by` text NOT NULL, `asked_address` text NOT NULL, `asked_agent` text NOT NULL, `second_factor_age` integer NULL, `asked_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `decided_by` text NULL, `decided_at` datetime NULL, `reason` text NULL, `lapses_at` datetime NULL, `due_at` datetime NULL, `settled_at` datetime NULL, `outcome` text NULL, PRIMARY KEY (`id`));
INSERT INTO `new_approvals` (`id`, `account_id`, `status`, `operation`, `object_id`, `application_id`, `input`, `input_hash`, `refusal`, `permission`, `asked_by`, `asked_address`, `asked_agent`, `second_factor_age`, `asked_at`, `expires_at`, `decided_by`, `decided_at`, `reason`, `due_at`, `settled_at`, `outcome`) SELECT `id`, `account_id`, `status`, `operation`, `object_id`, `application_id`, `input`, `input_hash`, `refusal`, `permission`, `asked_by`, `asked_address`, `asked_agent`, `second_factor_age`, `asked_at`, `expires_at`, `decided_by`, `decided_at`, `reason`, `due_at`, `settled_at`, `outcome` FROM `approvals`;
DROP TABLE `approvals`;
ALTER TABLE `new_approvals` RENAME TO `approvals`;
CREATE INDEX `approval_account_id_id` ON `approvals` (`account_id`, `id`);
CREATE INDEX `approval_account_id_status_asked_at_id` ON `approvals` (`account_id`, `status`, `asked_at`, `id`);
CREATE INDEX `approval_account_id_asked_at_id` ON `approvals` (`account_id`, `asked_at`, `id`);
CREATE INDEX `approval_account_id_asked_by_asked_at_id` ON `approvals` (`account_id`, `asked_by`, `asked_at`, `id`);
CREATE INDEX `approval_due_at_id` ON `approvals` (`due_at`, `id`);
CREATE INDEX `approval_lapses_at_id` ON `approvals` (`lapses_at`, `id`);
PRAGMA foreign_keys = on;

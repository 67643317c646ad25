-- A command that is refused may wait for an approval.
CREATE TABLE `approvals` (`id` text NOT NULL, `account_id` text NOT NULL, `status` text NOT NULL, `operation` text NOT NULL, `object_id` text NOT NULL, `application_id` text NULL, `input` blob NOT NULL, `input_hash` text NOT NULL, `refusal` text NOT NULL, `permission` text NOT NULL, `asked_by` text NOT NULL, `asked_address` text NOT NULL, `asked_agent` text NOT NULL, `second_factor_age` integer NULL, `asked_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `decided_by` text NULL, `decided_at` datetime NULL, `reason` text NULL, `due_at` datetime NULL, `settled_at` datetime NULL, `outcome` text NULL, PRIMARY KEY (`id`));
CREATE INDEX `approval_account_id_id` ON `approvals` (`account_id`, `id`);
CREATE INDEX `approval_account_id_status_asked_at_id` ON `approvals` (`account_id`, `status`, `asked_at`, `id`);
CREATE INDEX `approval_account_id_asked_by_asked_at_id` ON `approvals` (`account_id`, `asked_by`, `asked_at`, `id`);
CREATE INDEX `approval_due_at_id` ON `approvals` (`due_at`, `id`);

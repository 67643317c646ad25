-- Persons change their numbers and addresses, passwords are remembered, and accounts limit sessions.
ALTER TABLE `persons` ADD COLUMN `pending_email` blob NULL;
ALTER TABLE `persons` ADD COLUMN `pending_email_index` text NULL;
ALTER TABLE `phone_codes` ADD COLUMN `further_purpose` text NULL;
ALTER TABLE `sessions` ADD COLUMN `unfamiliar` text NULL;
ALTER TABLE `captchas` ADD COLUMN `further_purpose` text NULL;
CREATE TABLE `email_changes` (`id` text NOT NULL, `person_id` text NOT NULL, `old_email` blob NOT NULL, `old_email_index` text NOT NULL, `token_hash` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `ended_at` datetime NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `email_changes_token_hash_key` ON `email_changes` (`token_hash`);
CREATE INDEX `emailchange_person_id_created_at_id` ON `email_changes` (`person_id`, `created_at`, `id`);
CREATE INDEX `emailchange_expires_at` ON `email_changes` (`expires_at`);
CREATE TABLE `former_passwords` (`id` text NOT NULL, `person_id` text NOT NULL, `hash` text NOT NULL, `replaced_at` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE INDEX `formerpassword_person_id_replaced_at_id` ON `former_passwords` (`person_id`, `replaced_at`, `id`);
CREATE TABLE `session_policies` (`id` text NOT NULL, `account_id` text NOT NULL, `policy_key` text NOT NULL, `lifetime_minutes` integer NULL, `idle_minutes` integer NULL, `version` integer NOT NULL DEFAULT (0), `set_at` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `session_policies_policy_key_key` ON `session_policies` (`policy_key`);
CREATE INDEX `sessionpolicy_account_id_id` ON `session_policies` (`account_id`, `id`);

-- Persons prove themselves by passkeys, and accounts require second factors.
PRAGMA foreign_keys = off;
CREATE TABLE `new_second_factors` (`id` text NOT NULL, `person_id` text NOT NULL, `kind` text NOT NULL, `name` text NOT NULL, `secret` blob NOT NULL, `credential_index` text NULL, `passkey_key` text NULL, `sign_count` integer NOT NULL DEFAULT (0), `added_at` datetime NOT NULL, `confirmed_at` datetime NULL, `pending_until` datetime NULL, `pending_key` text NULL, `last_step` integer NOT NULL DEFAULT (0), `last_used_at` datetime NULL, PRIMARY KEY (`id`));
INSERT INTO `new_second_factors` (`id`, `person_id`, `kind`, `name`, `secret`, `added_at`, `confirmed_at`, `pending_until`, `pending_key`, `last_step`, `last_used_at`) SELECT `id`, `person_id`, `kind`, `name`, `secret`, `added_at`, `confirmed_at`, `pending_until`, `pending_key`, `last_step`, `last_used_at` FROM `second_factors`;
DROP TABLE `second_factors`;
ALTER TABLE `new_second_factors` RENAME TO `second_factors`;
CREATE UNIQUE INDEX `second_factors_credential_index_key` ON `second_factors` (`credential_index`);
CREATE UNIQUE INDEX `second_factors_passkey_key_key` ON `second_factors` (`passkey_key`);
CREATE UNIQUE INDEX `second_factors_pending_key_key` ON `second_factors` (`pending_key`);
CREATE INDEX `secondfactor_person_id_confirmed_at` ON `second_factors` (`person_id`, `confirmed_at`);
CREATE INDEX `secondfactor_pending_until` ON `second_factors` (`pending_until`);
ALTER TABLE `session_policies` ADD COLUMN `factor_scope` text NULL;
ALTER TABLE `session_policies` ADD COLUMN `factor_roles` text NULL;
CREATE TABLE `passkey_challenges` (`id` text NOT NULL, `purpose` text NOT NULL, `token_hash` text NOT NULL, `person_id` text NULL, `session_id` text NULL, `name` text NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `used_at` datetime NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `passkey_challenges_token_hash_key` ON `passkey_challenges` (`token_hash`);
CREATE INDEX `passkeychallenge_expires_at` ON `passkey_challenges` (`expires_at`);
PRAGMA foreign_keys = on;

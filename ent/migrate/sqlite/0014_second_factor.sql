-- A person proves a second factor, and answers a challenge when it signs in.
CREATE TABLE `recovery_codes` (`id` text NOT NULL, `person_id` text NOT NULL, `ordinal` integer NOT NULL, `code_hash` text NOT NULL, `created_at` datetime NOT NULL, `used_at` datetime NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `recovery_codes_code_hash_key` ON `recovery_codes` (`code_hash`);
CREATE UNIQUE INDEX `recoverycode_person_id_ordinal` ON `recovery_codes` (`person_id`, `ordinal`);
CREATE TABLE `second_factors` (`id` text NOT NULL, `person_id` text NOT NULL, `kind` text NOT NULL, `name` text NOT NULL, `secret` blob NOT NULL, `added_at` datetime NOT NULL, `confirmed_at` datetime NULL, `pending_until` datetime NULL, `pending_key` text NULL, `last_step` integer NOT NULL DEFAULT (0), `last_used_at` datetime NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `second_factors_pending_key_key` ON `second_factors` (`pending_key`);
CREATE INDEX `secondfactor_person_id_confirmed_at` ON `second_factors` (`person_id`, `confirmed_at`);
CREATE INDEX `secondfactor_pending_until` ON `second_factors` (`pending_until`);
CREATE TABLE `sign_in_challenges` (`id` text NOT NULL, `person_id` text NOT NULL, `token_hash` text NOT NULL, `password_mark` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `tries` integer NOT NULL DEFAULT (0), `answered_at` datetime NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `sign_in_challenges_token_hash_key` ON `sign_in_challenges` (`token_hash`);
CREATE INDEX `signinchallenge_expires_at` ON `sign_in_challenges` (`expires_at`);

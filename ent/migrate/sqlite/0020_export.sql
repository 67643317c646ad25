-- Exports that persons ask for
CREATE TABLE `exports` (`id` text NOT NULL, `account_id` text NOT NULL, `person_id` text NOT NULL, `kind` text NOT NULL, `format` text NOT NULL, `selection` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `slot_key` text NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `exports_slot_key_key` ON `exports` (`slot_key`);
CREATE INDEX `export_account_id_id` ON `exports` (`account_id`, `id`);
CREATE INDEX `export_person_id_expires_at` ON `exports` (`person_id`, `expires_at`);
CREATE INDEX `export_expires_at` ON `exports` (`expires_at`);

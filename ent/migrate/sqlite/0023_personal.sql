-- Exports of what is held on a person
CREATE TABLE `personal_exports` (`id` text NOT NULL, `person_id` text NOT NULL, `requested_at` datetime NOT NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `personal_exports_person_id_key` ON `personal_exports` (`person_id`);

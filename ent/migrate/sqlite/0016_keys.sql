-- the keys that seal personal data are noted, so that a start without one is refused
CREATE TABLE `sealing_keys` (`id` text NOT NULL, `key_id` integer NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `sealing_keys_key_id_key` ON `sealing_keys` (`key_id`);

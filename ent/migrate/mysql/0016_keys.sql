-- the keys that seal personal data are noted, so that a start without one is refused
CREATE TABLE `sealing_keys` (`id` varchar(40) CHARSET ascii NOT NULL COLLATE ascii_bin, `key_id` bigint NOT NULL, `created_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `key_id` (`key_id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;

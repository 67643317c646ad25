-- Exports of what is held on a person
CREATE TABLE `personal_exports` (`id` varchar(40) CHARSET ascii NOT NULL COLLATE ascii_bin, `person_id` varchar(40) CHARSET ascii NOT NULL COLLATE ascii_bin, `requested_at` datetime(6) NOT NULL, `expires_at` datetime(6) NOT NULL, PRIMARY KEY (`id`), UNIQUE INDEX `person_id` (`person_id`)) CHARSET utf8mb4 COLLATE utf8mb4_bin;

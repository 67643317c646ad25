-- A payment keeps every question that is open about it, not the newest alone.
ALTER TABLE `payments` ADD COLUMN `further_questions` varchar(190) CHARSET ascii NULL COLLATE ascii_bin;

-- what the reviewer of a registration number is to look at: a check digit that a person may overrule (1.3)
ALTER TABLE `verifications` ADD COLUMN `number_warning` varchar(190) CHARSET ascii NULL COLLATE ascii_bin;

-- Guarded sign-in: growing delays, kinds of captcha, first passwords.
ALTER TABLE `attempts` ADD COLUMN `open_at` datetime(6) NULL, ADD INDEX `attempt_last_at` (`last_at`);
ALTER TABLE `captchas` ADD COLUMN `kind` enum('PICTURE','PROOF_OF_WORK') NOT NULL DEFAULT 'PICTURE';
ALTER TABLE `persons` ADD COLUMN `first_password_at` datetime(6) NULL, ADD COLUMN `first_password_used_at` datetime(6) NULL;

-- Orders keep who provides them and how (2.2); products say which countries are not foreign (2.4).
ALTER TABLE `orders` ADD COLUMN `provider_bodies` json NULL, ADD COLUMN `provision` varchar(190) CHARSET ascii NULL COLLATE ascii_bin;
ALTER TABLE `products` ADD COLUMN `provider_bodies` json NULL, ADD COLUMN `provision` varchar(190) CHARSET ascii NULL COLLATE ascii_bin, ADD COLUMN `domestic_countries` json NULL;

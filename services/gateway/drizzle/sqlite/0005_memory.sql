CREATE TABLE `memory_erasures` (
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`owner_iss`, `owner_sub`, `tenant`)
);
--> statement-breakpoint
CREATE TABLE `memory_events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`created` integer NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	`meta` text,
	`source` text NOT NULL,
	`chain` text,
	`session` text,
	`root` text,
	`task` text,
	`model` text,
	`input_tokens` integer,
	`output_tokens` integer,
	`request_id` text,
	`body_hash` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `memory_by_id` ON `memory_events` (`id`);--> statement-breakpoint
CREATE INDEX `memory_by_owner` ON `memory_events` (`owner_iss`,`owner_sub`,`seq`);--> statement-breakpoint
CREATE TABLE `memory_spool` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`process` text NOT NULL,
	`created` integer NOT NULL,
	`sealed` blob NOT NULL
);
--> statement-breakpoint
CREATE INDEX `spool_by_process` ON `memory_spool` (`process`,`seq`);--> statement-breakpoint
CREATE TABLE `memory_usage` (
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text NOT NULL,
	`events` integer NOT NULL,
	PRIMARY KEY(`owner_iss`, `owner_sub`, `tenant`)
);
--> statement-breakpoint
ALTER TABLE `grants` ADD `memory` text;--> statement-breakpoint
CREATE VIRTUAL TABLE `memory_words` USING fts5(`keys`, `text`, content='', columnsize=0, tokenize='porter unicode61 remove_diacritics 2');
--> statement-breakpoint
INSERT INTO `memory_words`(`memory_words`, `rank`) VALUES('secure-delete', 1);

CREATE TABLE `agent_things` (
	`agent` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`used_at` integer NOT NULL,
	PRIMARY KEY(`agent`, `kind`, `id`)
);
--> statement-breakpoint
CREATE INDEX `things_by_owner` ON `agent_things` (`owner_iss`,`owner_sub`,`agent`,`kind`);--> statement-breakpoint
CREATE INDEX `things_by_use` ON `agent_things` (`used_at`);--> statement-breakpoint
CREATE TABLE `pushes` (
	`id` text PRIMARY KEY NOT NULL,
	`agent` text NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`task` text,
	`config` text,
	`url` text NOT NULL,
	`sealed` text NOT NULL,
	`secret_hash` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pushes_by_task` ON `pushes` (`agent`,`task`);--> statement-breakpoint
ALTER TABLE `agents` ADD `source` text DEFAULT 'registry' NOT NULL;
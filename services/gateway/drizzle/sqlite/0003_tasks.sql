CREATE TABLE `task_nodes` (
	`node` text PRIMARY KEY NOT NULL,
	`alive_until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_iss` text NOT NULL,
	`owner_sub` text NOT NULL,
	`tenant` text,
	`target` text NOT NULL,
	`state` text NOT NULL,
	`sealed_order` text NOT NULL,
	`sealed_result` text,
	`node` text NOT NULL,
	`external` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tasks_open_by_node` ON `tasks` (`node`) WHERE sealed_result is null;--> statement-breakpoint
CREATE INDEX `tasks_open_by_owner` ON `tasks` (`owner_iss`,`owner_sub`) WHERE sealed_result is null;--> statement-breakpoint
CREATE INDEX `tasks_ended` ON `tasks` (`updated_at`) WHERE sealed_result is not null;
using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Moderation.Migrations.Steps
{
    /// <inheritdoc />
    public partial class DecisionsReviewed : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "superseded_by",
                table: "enforcements",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "agreed_seconds",
                table: "decisions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "also",
                table: "decisions",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<string>(
                name: "derivation",
                table: "decisions",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "deviation_code",
                table: "decisions",
                type: "character varying(40)",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "deviation_reason",
                table: "decisions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "duplicate_of",
                table: "decisions",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "grace_seconds",
                table: "decisions",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "points_before",
                table: "decisions",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "release_at",
                table: "decisions",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "released_at",
                table: "decisions",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "replaces",
                table: "decisions",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "state",
                table: "decisions",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Released");

            // Decided before there was a grace: in force since then.
            migrationBuilder.Sql("update decisions set released_at = decided_at");

            migrationBuilder.CreateTable(
                name: "appeals",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    case_id = table.Column<Guid>(type: "uuid", nullable: false),
                    decision_id = table.Column<Guid>(type: "uuid", nullable: false),
                    side = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    filed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    statement = table.Column<string>(type: "text", nullable: false),
                    new_material = table.Column<string>(type: "text", nullable: true),
                    question = table.Column<string>(type: "text", nullable: true),
                    answer_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    answer = table.Column<string>(type: "text", nullable: true),
                    heard_by = table.Column<Guid>(type: "uuid", nullable: true),
                    outcome = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    reasons = table.Column<string>(type: "text", nullable: true),
                    modification = table.Column<string>(type: "jsonb", nullable: true),
                    grace_seconds = table.Column<int>(type: "integer", nullable: false),
                    release_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_appeals", x => x.id);
                    table.ForeignKey(
                        name: "fk_appeals_cases_case_id",
                        column: x => x.case_id,
                        principalTable: "cases",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_appeals_decisions_decision_id",
                        column: x => x.decision_id,
                        principalTable: "decisions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "labels",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    subject_kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    subject = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    code = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    meaning = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    set_by = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    reason = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    removed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    removed_by = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_labels", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "reviews",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    case_id = table.Column<Guid>(type: "uuid", nullable: false),
                    decision_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    overdue_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reviewer_id = table.Column<Guid>(type: "uuid", nullable: true),
                    opinion = table.Column<string>(type: "jsonb", nullable: true),
                    submitted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    adjudicator_id = table.Column<Guid>(type: "uuid", nullable: true),
                    second_shown_first = table.Column<bool>(type: "boolean", nullable: false),
                    ruling = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: true),
                    ruling_reason = table.Column<string>(type: "text", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reviews", x => x.id);
                    table.ForeignKey(
                        name: "fk_reviews_cases_case_id",
                        column: x => x.case_id,
                        principalTable: "cases",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_reviews_decisions_decision_id",
                        column: x => x.decision_id,
                        principalTable: "decisions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "strikes",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    decision_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    family = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    severity = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    points = table.Column<int>(type: "integer", nullable: false),
                    starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    state = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_strikes", x => x.id);
                    table.ForeignKey(
                        name: "fk_strikes_accounts_account_id",
                        column: x => x.account_id,
                        principalTable: "accounts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_strikes_decisions_decision_id",
                        column: x => x.decision_id,
                        principalTable: "decisions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_enforcements_superseded_by",
                table: "enforcements",
                column: "superseded_by",
                filter: "superseded_by is not null");

            migrationBuilder.CreateIndex(
                name: "ix_decision_held",
                table: "decisions",
                column: "release_at",
                filter: "state = 'Grace'");

            migrationBuilder.CreateIndex(
                name: "ix_appeal_held",
                table: "appeals",
                column: "release_at",
                filter: "state = 'Grace'");

            migrationBuilder.CreateIndex(
                name: "ix_appeal_open",
                table: "appeals",
                columns: new[] { "due_at", "id" },
                filter: "state in ('Waiting', 'InProgress', 'AwaitingAppellant', 'Grace')");

            migrationBuilder.CreateIndex(
                name: "ix_appeals_case_id",
                table: "appeals",
                column: "case_id");

            migrationBuilder.CreateIndex(
                name: "ux_appeal_again",
                table: "appeals",
                columns: new[] { "decision_id", "side" },
                unique: true,
                filter: "new_material is not null");

            migrationBuilder.CreateIndex(
                name: "ix_labels_subject_starts_at",
                table: "labels",
                columns: new[] { "subject", "starts_at" });

            migrationBuilder.CreateIndex(
                name: "ix_review_open",
                table: "reviews",
                columns: new[] { "due_at", "id" },
                filter: "state in ('Waiting', 'InProgress', 'Differs')");

            migrationBuilder.CreateIndex(
                name: "ix_reviews_case_id",
                table: "reviews",
                column: "case_id");

            migrationBuilder.CreateIndex(
                name: "ix_reviews_decision_id_kind",
                table: "reviews",
                columns: new[] { "decision_id", "kind" },
                unique: true,
                filter: "kind <> 'KnockOn'");

            migrationBuilder.CreateIndex(
                name: "ix_strikes_account_id",
                table: "strikes",
                column: "account_id");

            migrationBuilder.CreateIndex(
                name: "ix_strikes_decision_id",
                table: "strikes",
                column: "decision_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_strikes_expires_at",
                table: "strikes",
                column: "expires_at",
                filter: "state = 'Active' and expires_at is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "appeals");

            migrationBuilder.DropTable(
                name: "labels");

            migrationBuilder.DropTable(
                name: "reviews");

            migrationBuilder.DropTable(
                name: "strikes");

            migrationBuilder.DropIndex(
                name: "ix_enforcements_superseded_by",
                table: "enforcements");

            migrationBuilder.DropIndex(
                name: "ix_decision_held",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "superseded_by",
                table: "enforcements");

            migrationBuilder.DropColumn(
                name: "agreed_seconds",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "also",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "derivation",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "deviation_code",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "deviation_reason",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "duplicate_of",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "grace_seconds",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "points_before",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "release_at",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "released_at",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "replaces",
                table: "decisions");

            migrationBuilder.DropColumn(
                name: "state",
                table: "decisions");
        }
    }
}

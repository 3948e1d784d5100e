using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Moderation.Migrations.Steps
{
    /// <inheritdoc />
    public partial class StoredBytes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "blob_faults",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    problem = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    found_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    cleared_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_blob_faults", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "scrub_runs",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    cursor = table.Column<byte[]>(type: "bytea", nullable: false),
                    blobs = table.Column<long>(type: "bigint", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    missing = table.Column<int>(type: "integer", nullable: false),
                    altered = table.Column<int>(type: "integer", nullable: false),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_scrub_runs", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_report_segments_ciphertext_hash",
                table: "report_segments",
                column: "ciphertext_hash");

            migrationBuilder.CreateIndex(
                name: "ix_scrub_runs_finished_at",
                table: "scrub_runs",
                column: "finished_at",
                unique: true,
                filter: "finished_at is null")
                .Annotation("Npgsql:NullsDistinct", false);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "blob_faults");

            migrationBuilder.DropTable(
                name: "scrub_runs");

            migrationBuilder.DropIndex(
                name: "ix_report_segments_ciphertext_hash",
                table: "report_segments");
        }
    }
}

// Spoils the data on purpose between a round and its check: each has to turn the run red, or the check is worth nothing.
using Npgsql;

namespace Moderation.FaultTests;

public static class Plants
{
    private const string AnyFiled = "(select id from reports where filing is not null order by id desc limit 1)";

    public static IReadOnlyDictionary<string, string> Sql { get; } =
        new Dictionary<string, string>
        {
            ["lost-filing"] = $"update reports set filing = null where id = {AnyFiled}",
            ["lost-subject"] = $"delete from report_subjects where report_id = {AnyFiled}",
            ["lost-event"] =
                "delete from events where id = (select id from events where kind = 'report.filed' order by id desc limit 1)",
            ["doubled-event"] =
                "insert into events (id, kind, payload, occurred_at, actor, dispatched_at, attempts) select gen_random_uuid(), kind, payload, occurred_at, actor, now(), 0 from events where kind = 'report.filed' order by id desc limit 1",
            ["miscount"] = "update cases set report_count = report_count + 1",
            ["lost-segment"] =
                "update report_segments set stored_at = null where report_id = (select id from reports where state = 'Complete' order by id desc limit 1)",
            ["stuck-event"] = "update events set dispatched_at = null, attempts = 1000000 where kind = 'report.filed'",
            ["stranger"] =
                "update reports set content_id = sha256(content_id) where state <> 'Complete' or filing is null",
            ["log-entry"] =
                "update audit_leaves set entry = set_byte(entry, 20, get_byte(entry, 20) # 1) where index = (select max(index) from audit_leaves)",
            ["log-history"] =
                "update audit_leaves set entry = set_byte(entry, 20, get_byte(entry, 20) # 1) where index = 0",
            ["log-event"] =
                "update events set payload = payload || '{\"more\": 1}' where id = (select id from events order by id limit 1)",
            ["half-visible"] =
                $"insert into report_subjects select (jsonb_populate_record(s, jsonb_build_object('report_id', (select id from reports where filing is null limit 1)))).* from report_subjects s where report_id = {AnyFiled} limit 1",
        };

    public const string LostBlob = "lost-blob";
    public const string SpoiltBlob = "spoilt-blob";

    public static async Task DoAsync(string name, Installation installation)
    {
        if (name is LostBlob or SpoiltBlob)
        {
            foreach (
                var file in Directory
                    .EnumerateFiles(installation.Blobs, "*", SearchOption.AllDirectories)
                    .Where(f => !f.Contains("/incoming/", StringComparison.Ordinal))
            )
            {
                if (name == LostBlob)
                    File.Delete(file);
                else
                    await File.AppendAllTextAsync(file, "x");
            }
            return;
        }
        await using var db = new NpgsqlConnection(installation.ConnectionString);
        await db.OpenAsync();
        await using var command = new NpgsqlCommand(Sql[name], db);
        await command.ExecuteNonQueryAsync();
    }
}

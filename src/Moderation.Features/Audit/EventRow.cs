// One line of the event log as the audit log sees it: read as it stands in the database, and turned into its entries.
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Evidence;
using Moderation.Evidence.Audit;
using Moderation.Features.Http;
using Npgsql;

namespace Moderation.Features.Audit;

internal sealed record EventRow(EventId Id, EventDetails Details)
{
    /// <summary>The columns that <see cref="Read"/> wants, in order, of an alias `e`.</summary>
    public const string Columns =
        "e.id, e.kind, e.occurred_at, e.case_id, e.account_id, e.account_version, e.actor, e.payload::text";

    /// <summary>When it happened, ms since 1970.</summary>
    public ulong TimeMs => Details.OccurredUs / 1000;

    public static EventRow Read(NpgsqlDataReader reader, int first = 0)
    {
        var id = reader.GetGuid(first);
        return new EventRow(
            new EventId(id),
            new EventDetails(
                id.ToByteArray(bigEndian: true),
                reader.GetString(first + 1),
                (ulong)((reader.GetDateTime(first + 2) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond),
                reader.IsDBNull(first + 3) ? [] : reader.GetGuid(first + 3).ToByteArray(bigEndian: true),
                reader.IsDBNull(first + 4) ? [] : reader.GetGuid(first + 4).ToByteArray(bigEndian: true),
                reader.IsDBNull(first + 5) ? 0 : (ulong)reader.GetInt64(first + 5),
                reader.IsDBNull(first + 6) ? "" : reader.GetString(first + 6),
                // As PostgreSQL writes it: jsonb has one text for one value, and nobody has to agree on another form.
                reader.GetString(first + 7)
            )
        );
    }

    public EventEntry Entry(ReadOnlySpan<byte> salt) => new(Details.Id, Details.Kind, Details.Digest(salt), TimeMs);

    /// <summary>The entry of evidence-bundle.md 19.2 beside it, or null for what does not touch sealed evidence.</summary>
    public AuditEntry? EvidenceEntry()
    {
        if (Details.Kind != ReportBytesComplete.Kind)
            return null;
        var said = JsonSerializer.Deserialize<ReportBytesComplete>(Details.Payload, ModerationDb.Json);
        // An erased line says nothing any more; nor does one that was never of this form.
        return Bytes.TryRead(said?.ContentId, 32, out var contentId) ? AuditEntry.Accepted(contentId, TimeMs) : null;
    }
}

// Keeps storing and deleting of one blob apart, since two reports may name the same bytes.
using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;

namespace Moderation.Features.Storage;

internal static class BlobLock
{
    /// <summary>Held until the caller's transaction ends.</summary>
    public static Task TakeAsync(ModerationDb db, byte[] hash, CancellationToken ct)
    {
        var key = BinaryPrimitives.ReadInt64BigEndian(hash);
        return db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({key})", ct);
    }
}

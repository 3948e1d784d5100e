// Tables of what a scrub of the stored bytes found.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Moderation.Data.Tables;

internal sealed class StorageTables : IEntityTypeConfiguration<BlobFault>, IEntityTypeConfiguration<ScrubRun>
{
    public void Configure(EntityTypeBuilder<BlobFault> builder) => builder.ToTable("blob_faults").HasKey(f => f.Hash);

    public void Configure(EntityTypeBuilder<ScrubRun> builder)
    {
        builder.ToTable("scrub_runs").HasKey(r => r.Id);
        // One pass at a time, whatever races.
        builder.HasIndex(r => r.FinishedAt).IsUnique().HasFilter("finished_at is null").AreNullsDistinct(false);
    }
}

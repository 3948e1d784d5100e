// Tables of the event log, of what each consumer has taken from it, and of the answers already given.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Moderation.Data.Tables;

internal sealed class EventTables
    : IEntityTypeConfiguration<LoggedEvent>,
        IEntityTypeConfiguration<InboxEntry>,
        IEntityTypeConfiguration<IdempotencyKey>
{
    public void Configure(EntityTypeBuilder<IdempotencyKey> builder)
    {
        builder.ToTable("idempotency_keys").HasKey(k => new { k.Subject, k.Key });
        builder.Property(k => k.Subject).HasMaxLength(64);
        builder.Property(k => k.Key).HasMaxLength(128);
        builder.HasIndex(k => k.At);
    }

    public void Configure(EntityTypeBuilder<LoggedEvent> builder)
    {
        builder.ToTable("events").HasKey(e => e.Id);
        builder.Property(e => e.Kind).HasMaxLength(64);
        builder.Property(e => e.Payload).HasColumnType("jsonb");
        builder.Property(e => e.Actor).HasMaxLength(64);
        builder.Property(e => e.Error).HasMaxLength(200);
        // A default, so that a line written by SQL need not know how the pump keeps its books.
        builder.Property(e => e.Attempts).HasDefaultValue(0);
        builder.HasIndex(e => e.Id).HasDatabaseName("ix_event_undispatched").HasFilter("dispatched_at is null");
        builder.HasIndex(e => new { e.CaseId, e.Id });
        // Two decisions on one account at the same time: the second must take the next version (EV-5).
        builder.HasIndex(e => new { e.AccountId, e.AccountVersion }).IsUnique();
    }

    public void Configure(EntityTypeBuilder<InboxEntry> builder) =>
        builder.ToTable("inbox").HasKey(i => new { i.Consumer, i.EventId });
}

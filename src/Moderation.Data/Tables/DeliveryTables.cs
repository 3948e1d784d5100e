// Tables of webhook subscriptions and of what is on its way to them.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Moderation.Domain.Enforcements;

namespace Moderation.Data.Tables;

internal sealed class DeliveryTables : IEntityTypeConfiguration<Subscription>, IEntityTypeConfiguration<Delivery>
{
    public void Configure(EntityTypeBuilder<Subscription> builder)
    {
        builder.ToTable("webhook_subscriptions").HasKey(s => s.Id);
        builder.Property(s => s.Url).HasMaxLength(2048);
        builder.Property<uint>("xmin").IsRowVersion();
    }

    public void Configure(EntityTypeBuilder<Delivery> builder)
    {
        // The key is the exactly-once of EV-1: an event is queued once for a subscription, however often it is handed out.
        builder.ToTable("deliveries").HasKey(d => new { d.SubscriptionId, d.EventId });
        builder.HasOne<Subscription>().WithMany().HasForeignKey(d => d.SubscriptionId);
        builder.Property(d => d.Kind).HasMaxLength(64);
        builder.Property(d => d.Account).HasMaxLength(128);
        builder.Property(d => d.LastError).HasMaxLength(120);
        builder.HasIndex(d => d.NextAttemptAt).HasDatabaseName("ix_delivery_due").HasFilter("status = 'Pending'");
        builder
            .HasIndex(d => new
            {
                d.SubscriptionId,
                d.Account,
                d.AccountVersion,
            })
            .HasDatabaseName("ix_delivery_order")
            .HasFilter("status in ('Pending', 'Parked')");
    }
}

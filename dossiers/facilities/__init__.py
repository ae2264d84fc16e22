"""What a facility works with: its places by area, who comes, who is there in which stage, who is away, who leaves."""

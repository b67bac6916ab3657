// edgectl

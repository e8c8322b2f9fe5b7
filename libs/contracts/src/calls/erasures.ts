import type { CreateErasureDto, ErasureView } from '#libs/api/src/erasure.dto';
import type { Page, PageQuery } from '#libs/api/src/page.dto';
import { call, type OfAccount } from './call.js';

const erases = { needs: 'events:erase' } as const;

export const createErasure = call<OfAccount<{ body: CreateErasureDto }>, ErasureView>('delivery_log.erasures.create', erases);
export const listErasures = call<OfAccount<{ query: PageQuery }>, Page<ErasureView>>('delivery_log.erasures.list', erases);
export const getErasure = call<OfAccount<{ erasureId: string }>, ErasureView>('delivery_log.erasures.get', erases);
